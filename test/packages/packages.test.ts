/** The packages in their published form: contents, types, sizes, and running from dist. */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleCode, bundlePage } from './bundle.js';
import type { Bundle } from './bundle.js';
import { PACKAGES, ROOT, publish, run, tsc } from './packed.js';
import type { Published } from './packed.js';

const KB = 1024;

let published: Published;

beforeAll(async () => {
  published = await publish();
}, 240_000);

afterAll(() => published?.dispose());

/** The targets of `exports` that are published, by subpath: those of the private condition are not. */
function publicTargets(exports: Published['manifests']['core']['exports']): [string, string][] {
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? [[subpath, target]]
      : Object.entries(target).flatMap(([condition, file]): [string, string][] =>
          condition === 'reidgrad-source' ? [] : [[subpath, file]],
        ),
  );
}

describe.each(PACKAGES)('the tarball of %s', (name) => {
  it('holds the build, the README and the licence, and nothing else', async () => {
    const files = published.files[name];
    const others = files.filter((file) => !/^dist\/.*\.(js|d\.ts)$/.test(file));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files.filter((file) => /\.(test|testing)\./.test(file))).toEqual([]);
    const folder = path.join(published.consumer, 'node_modules/@reidgrad', name);
    expect(await readFile(path.join(folder, 'LICENSE'), 'utf8')).toBe(
      await readFile(path.join(ROOT, 'LICENSE'), 'utf8'),
    );
    expect(await readFile(path.join(folder, 'README.md'), 'utf8')).toMatch(new RegExp(`^# @reidgrad/${name}\\n`));
  });

  it('exports files that are there, and no workspace paths', () => {
    const { exports, dependencies, bin } = published.manifests[name];
    const targets = [...publicTargets(exports).map(([, file]) => file), ...Object.values(bin)];
    const missing = targets.filter((file) => !published.files[name].includes(file.replace('./', '')));
    expect(missing).toEqual([]);
    expect(Object.values(dependencies).filter((range) => range.includes(':'))).toEqual([]);
  });
});

describe('dependencies', () => {
  it('of core are none', () => {
    const { dependencies, peerDependencies, optionalDependencies } = published.manifests.core;
    expect({ ...dependencies, ...peerDependencies, ...optionalDependencies }).toEqual({});
  });

  it('of losses are core alone', () => {
    const { dependencies, peerDependencies, optionalDependencies } = published.manifests.losses;
    expect(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })).toEqual(['@reidgrad/core']);
  });
});

/** A program that uses every entry of a set of packages. */
const consumers = {
  browser: {
    types: [],
    code: `
      import * as torch from '@reidgrad/core';
      import { interpret, type Graph } from '@reidgrad/core/graph';
      import { load, save, type LoadOptions } from '@reidgrad/core/serialization';
      import { OriTripletLoss } from '@reidgrad/losses';
      import * as onnx from '@reidgrad/onnx-export';
      import { compile, type Compiled } from '@reidgrad/onnx-export/compile';
      import { setRuntime, type OrtModule } from '@reidgrad/onnx-export/runtime';

      class Net extends torch.nn.Module {
        fc = new torch.nn.Linear(8, 4);
        override forward(x: torch.Tensor): torch.Tensor {
          return this.fc.forward(x).relu();
        }
      }
      const net = new Net();
      const optimizer = new torch.optim.SGD(net.parameters(), { lr: 0.1 });
      const criterion = new OriTripletLoss(4, 0.3);
      export const step: Compiled<[x: torch.Tensor, y: torch.Tensor], torch.Tensor> = compile((x: torch.Tensor, y: torch.Tensor) => {
        optimizer.zero_grad();
        const [loss] = criterion.forward(net.forward(x), y);
        loss.backward();
        optimizer.step();
        return loss;
      });
      export const program: Promise<onnx.OnnxProgram> = onnx.export(net, [torch.randn(2, 8)]);
      export const graph = (g: Graph): unknown => interpret(g, new Map());
      export const read = (bytes: Uint8Array, options: LoadOptions): torch.nn.StateDict => load<torch.nn.StateDict>(bytes, options);
      export const written: Uint8Array = save(net.state_dict());
      export const use = (ort: OrtModule): void => setRuntime(ort);
      // @ts-expect-error a margin is a number: the types are there, and not any.
      export const wrong = new OriTripletLoss(4, '0.3');
    `,
  },
  node: {
    types: ['node'],
    code: `import * as reid from '@reidgrad/reid';\nexport const names: string[] = Object.keys(reid);\n`,
  },
};

describe.each(Object.entries(consumers))('types for a %s program', (name, { code, types }) => {
  const resolutions = [
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ];
  it.each(name === 'node' ? resolutions.slice(0, 1) : resolutions)(
    'resolve and check, declarations included, with moduleResolution %s',
    async (moduleResolution, module) => {
      const folder = path.join(published.consumer, `${name}-${moduleResolution}`);
      await mkdir(folder);
      await writeFile(path.join(folder, 'main.ts'), code);
      const compilerOptions = {
        ...{ target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], module, moduleResolution, types },
        ...{ strict: true, skipLibCheck: false, noEmit: true, typeRoots: [path.join(ROOT, 'node_modules/@types')] },
      };
      await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
      await expect(tsc(['-p', folder], folder)).resolves.toBe('');
    },
  );
});

describe('bundles for the browser, minified and gzipped', () => {
  const core = ['@reidgrad/core', '@reidgrad/core/graph', '@reidgrad/core/serialization'];
  const ort = ['onnxruntime-web', 'onnxruntime-web/webgpu'];
  const budgets = [
    {
      name: 'core',
      // 47.5 KB with the first slice's operators (budget then 50); 80 is the budget of the complete library.
      budget: 80,
      code: `import * as torch from '@reidgrad/core'; globalThis.torch = torch;`,
      external: [],
    },
    {
      // What load and save add to a program: the difference to core.
      name: 'core with serialization',
      budget: 90,
      code: `import * as torch from '@reidgrad/core'; import { load, save } from '@reidgrad/core/serialization'; globalThis.torch = { ...torch, load, save };`,
      external: [],
    },
    {
      name: 'compile',
      budget: 30,
      code: `export * from '@reidgrad/onnx-export/compile';`,
      external: [...core, ...ort],
    },
    // 3 KB before losses had rows_per_tile and gradients in closed form.
    { name: 'ori', budget: 4, code: `export { OriTripletLoss } from '@reidgrad/losses';`, external: core },
    { name: 'wrt', budget: 4, code: `export { TripletLoss_WRT } from '@reidgrad/losses';`, external: core },
    // Every loss of the eight systems; what one of them costs is the budget that matters.
    { name: 'losses', budget: 30, code: `export * from '@reidgrad/losses';`, external: core },
  ];
  const bundles = new Map<string, Bundle>();

  it.each(budgets)('$name takes at most $budget KB', async ({ name, budget, code, external }) => {
    const bundle = await bundleCode(published.consumer, name, code, external);
    bundles.set(name, bundle);
    const size = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`;
    process.stdout.write(`bundle ${name}: ${size(bundle.gzip)} of ${budget} (${size(bundle.minified)} minified)\n`);
    expect(bundle.gzip).toBeGreaterThan(KB / 2);
    expect(bundle.gzip).toBeLessThanOrEqual(budget * KB);
  });

  it('import nothing but what was declared external', () => {
    for (const { name, external } of budgets) {
      const bundle = bundles.get(name);
      expect(bundle?.imports.filter((imported) => !external.includes(imported))).toEqual([]);
      // Vite's stand-in for a Node built-in.
      expect(bundle?.modules.filter((id) => /browser-external|^node:/.test(id))).toEqual([]);
    }
  });

  it('have zod only where exports and options are checked', () => {
    const withZod = budgets.filter(({ name }) => bundles.get(name)?.modules.some((id) => id.includes('/zod/')));
    expect(withZod.map(({ name }) => name)).toEqual(['compile']);
  });

  it('leave out what is not used: one loss does not bring the others', () => {
    expect(bundles.get('ori')?.modules.some((id) => /\/(wrt|tfa|facenet)\.js$/.test(id))).toBe(false);
  });
});

describe('from dist', () => {
  it('a training step gives the same numbers eagerly and compiled on the CPU', async () => {
    const code = `
      import * as torch from '@reidgrad/core';
      import { OriTripletLoss } from '@reidgrad/losses';
      import { compile } from '@reidgrad/onnx-export/compile';
      function makeStep() {
        torch.manual_seed(3);
        const net = new torch.nn.Sequential(new torch.nn.Linear(6, 16), new torch.nn.BatchNorm1d(16), new torch.nn.Linear(16, 4));
        const optimizer = new torch.optim.Adam(net.parameters(), { lr: 0.01 });
        const criterion = new OriTripletLoss(8, 0.3);
        return (x, y) => {
          optimizer.zero_grad();
          const [loss] = criterion.forward(net.forward(x), y);
          loss.backward();
          optimizer.step();
          return loss;
        };
      }
      const [eager, compiled] = [makeStep(), compile(makeStep(), { executionProviders: ['cpu'], threads: 1 })];
      const x = torch.randn(8, 6);
      const y = torch.arange(8).remainder(4);
      const losses = [];
      for (let i = 0; i < 5; i++) losses.push([eager(x, y).item(), (await compiled(x, y)).item()]);
      console.log(JSON.stringify(losses));
    `;
    const file = path.join(published.consumer, 'smoke.js');
    await writeFile(file, code);
    const losses = JSON.parse(await run(process.execPath, [file], published.consumer)) as [number, number][];
    expect(losses).toHaveLength(5);
    for (const [eager, compiled] of losses) expect(Math.abs(eager - compiled)).toBeLessThan(1e-4);
    expect(losses[4][0]).not.toBe(losses[0][0]);
  });
});

describe('the examples, on the published form', () => {
  let built: string;

  beforeAll(async () => {
    const source = path.join(published.consumer, 'examples');
    await cp(path.join(ROOT, 'examples'), source, {
      recursive: true,
      filter: (file) => !file.split(path.sep).includes('node_modules'),
    });
    built = path.join(published.consumer, 'examples-built');
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], module: 'nodenext', types: ['node'] },
      ...{ strict: true, skipLibCheck: true, outDir: built, typeRoots: [path.join(ROOT, 'node_modules/@types')] },
    };
    await writeFile(path.join(source, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await tsc(['-p', source], source);
  }, 120_000);

  const runExample = (name: string): Promise<string> =>
    run(process.execPath, [path.join(built, `${name}.js`)], published.consumer);

  it('are all short', async () => {
    const files = (await readdir(path.join(ROOT, 'examples'), { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.includes('node_modules'),
    );
    expect(files.sort()).toEqual(
      [
        ...['export-loss-with-gradient.ts', 'port-of-ori-triplet.ts', 'train-compiled.ts'],
        ...['train-in-browser/main.ts', 'train-in-browser/vite-env.d.ts'],
      ].map((file) => path.normalize(file)),
    );
    for (const file of files) {
      const lines = (await readFile(path.join(ROOT, 'examples', file), 'utf8')).trimEnd().split('\n').length;
      expect(lines, file).toBeLessThanOrEqual(60);
    }
  });

  it('port-of-ori-triplet: the port, the shipped class and the compiled port agree', async () => {
    const numbers = [...(await runExample('port-of-ori-triplet')).matchAll(/(\d+\.\d+)/g)].map(([number]) => number);
    expect(numbers).toHaveLength(3);
    expect(new Set(numbers).size).toBe(1);
  });

  it('export-loss-with-gradient: runs at two batch sizes', async () => {
    const output = await runExample('export-loss-with-gradient');
    expect(output).toMatch(/batch 12: gradient \[12, 32\]/);
    expect(output).toMatch(/batch 20: gradient \[20, 32\]/);
  });

  it('train-compiled: the loss falls', async () => {
    const output = await runExample('train-compiled');
    const losses = [...output.matchAll(/loss (\d+\.\d+)/g)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(5);
    expect(losses[3]).toBeLessThan(losses[0] / 4);
  });

  it('train-in-browser: builds, with the wasm file of ONNX Runtime beside it', async () => {
    const bundle = await bundlePage(path.join(published.consumer, 'examples/train-in-browser'));
    expect(bundle.imports).toEqual([]);
    expect(bundle.written.filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
    expect(bundle.modules.filter((id) => /onnxruntime-node|browser-external/.test(id))).toEqual([]);
  });
});
