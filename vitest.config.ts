import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions, type Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { findChromium, findSwiftShader } from './scripts/machine.mjs';

const chromium = findChromium();

// Read by the Vulkan loader when a test process starts its first WebGPU session.
const swiftShader = findSwiftShader();
if (swiftShader !== undefined) process.env.VK_ICD_FILENAMES ??= swiftShader;
// Without it the loader prints an error, though nothing is displayed.
process.env.XDG_RUNTIME_DIR ??= tmpdir();

/** The tests run on the packages' sources, never on dist. */
const SOURCE = 'reidgrad-source';
const onSource = {
  resolve: { conditions: [SOURCE, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [SOURCE, ...defaultServerConditions] } },
};

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--enable-unsafe-swiftshader',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Serves onnxruntime-web's modules and wasm files under /ort/, where `env.wasm.wasmPaths` finds them. */
function serveOnnxRuntime(): Plugin {
  const folder = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  const types: Record<string, string> = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
  return {
    name: 'serve-onnxruntime-web',
    configureServer(server) {
      server.middlewares.use('/ort/', (request, response, next) => {
        const name = path.basename((request.url ?? '').split('?')[0] ?? '');
        const type = types[path.extname(name)];
        if (type === undefined) return next();
        response.setHeader('Content-Type', type);
        response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
        createReadStream(path.join(folder, name)).on('error', next).pipe(response);
      });
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        ...onSource,
        test: {
          name: 'unit',
          environment: 'node',
          pool: 'forks',
          include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'test/browser/**', 'test/webgpu/**'],
          // vitest's default leaves one core idle.
          maxWorkers: '100%',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...onSource,
        test: {
          name: 'webgpu',
          environment: 'node',
          include: ['test/webgpu/**/*.test.ts'],
          // WebGPU sessions run one at a time: one process, one file after the other.
          pool: 'forks',
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        ...onSource,
        plugins: [serveOnnxRuntime()],
        // Dependencies that vite finds only while the tests run would reload the page in the middle of one.
        optimizeDeps: { exclude: ['onnxruntime-web', 'zod'], include: ['fast-check'] },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromium, args: CHROMIUM_FLAGS } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
