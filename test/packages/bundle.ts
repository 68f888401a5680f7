/** Bundles for the browser with Vite, to be measured. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** A bundle in memory. */
export interface Bundle {
  /** Bytes of all its JavaScript, minified, and after gzip. */
  minified: number;
  gzip: number;
  /** The files that are in it. */
  modules: readonly string[];
  /** What it still imports. */
  imports: readonly string[];
  /** Names of all files written, assets included. */
  written: readonly string[];
}

interface BundleOptions {
  /** Imports that stay imports. */
  external?: readonly string[];
}

/** Bundles a page (a folder with index.html) or an entry file. */
async function bundleInput(root: string, input: string, { external = [] }: BundleOptions): Promise<Bundle> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      reportCompressedSize: false,
      modulePreload: false,
      rolldownOptions: { input, preserveEntrySignatures: 'strict', external: [...external] },
    },
  });
  const outputs = [result].flat().flatMap((one) => ('output' in one ? one.output : []));
  const chunks = outputs.filter((output) => output.type === 'chunk');
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const code = chunks.map((chunk) => chunk.code).join('\n');
  return {
    minified: Buffer.byteLength(code),
    gzip: gzipSync(code, { level: 9 }).length,
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
    imports: chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]).filter((name) => !own.has(name)),
    written: outputs.map(({ fileName }) => fileName),
  };
}

/** Bundles a page. */
export function bundlePage(folder: string): Promise<Bundle> {
  return bundleInput(folder, path.join(folder, 'index.html'), {});
}

/** Bundles a few lines of JavaScript that stand in a project. */
export async function bundleCode(
  project: string,
  name: string,
  code: string,
  external?: readonly string[],
): Promise<Bundle> {
  const entry = path.join(project, `${name}.js`);
  await writeFile(entry, code);
  return bundleInput(project, entry, { external });
}
