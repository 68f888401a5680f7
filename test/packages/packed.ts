/** Builds the packages from a copy of the workspace, packs them, and installs the tarballs into an empty project. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const PACKAGES = ['core', 'losses', 'onnx-export', 'reid'] as const;
export type PackageName = (typeof PACKAGES)[number];

const runFile = promisify(execFile);

const names = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
  bin: names,
  dependencies: names,
  devDependencies: names,
  peerDependencies: names,
  optionalDependencies: names,
});
/** The part of a package.json that the tests look at. */
export type PackageManifest = z.infer<typeof manifestSchema>;

/** The packages as they would be published, installed. */
export interface Published {
  /** The folder of the consumer: a project with the packages in its node_modules. */
  consumer: string;
  /** The files of each tarball, without the leading `package/`. */
  files: Readonly<Record<PackageName, readonly string[]>>;
  manifests: Readonly<Record<PackageName, PackageManifest>>;
  /** Removes everything. */
  dispose(): Promise<void>;
}

/** Runs a command and returns its standard output. Throws with both outputs when it fails. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const windows = process.platform === 'win32' && command === 'npx';
    return (await runFile(command, args, { cwd, shell: windows, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout}${stderr}`, { cause: error });
  }
}

/** Runs the workspace's TypeScript compiler. */
export function tsc(args: readonly string[], cwd: string): Promise<string> {
  return run(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], cwd);
}

async function readManifest(folder: string): Promise<PackageManifest> {
  return manifestSchema.parse(JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')));
}

/** A copy without `dist`, so that what an older build left there is not packed. The tools are those of the workspace. */
async function copyWorkspace(target: string): Promise<void> {
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'tsconfig.base.json']) {
    await cp(path.join(ROOT, file), path.join(target, file));
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(target, 'node_modules'), 'junction');
  for (const name of PACKAGES) {
    const source = path.join(ROOT, 'packages', name);
    await cp(source, path.join(target, 'packages', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => file !== path.join(source, 'dist'),
    });
  }
}

/** Packs one package and returns the path of its tarball. */
async function pack(folder: string, out: string): Promise<string> {
  const { packageManager } = z
    .object({ packageManager: z.string() })
    .parse(JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')));
  const args = ['--yes', '--prefer-offline', packageManager, 'pack', '--pack-destination', out];
  await run('npx', args, folder);
  const { name, version } = await readManifest(folder);
  return path.join(out, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
}

/** Unpacks a tarball where npm would install it; what it depends on is linked from the workspace's own install. */
async function install(name: PackageName, tarball: string, consumer: string): Promise<PackageManifest> {
  const modules = path.join(consumer, 'node_modules');
  const target = path.join(modules, '@reidgrad', name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], consumer);
  const manifest = await readManifest(target);
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    if (dependency.startsWith('@reidgrad/')) continue;
    const link = path.join(modules, dependency);
    await mkdir(path.dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(await realpath(path.join(ROOT, 'packages', name, 'node_modules', dependency)), link, 'junction');
  }
  return manifest;
}

/** Builds, packs and installs; takes half a minute. */
export async function publish(): Promise<Published> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reidgrad-packed-')));
  try {
    return await publishIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function publishIn(folder: string): Promise<Published> {
  const [workspace, tarballs, consumer] = ['workspace', 'tarballs', 'consumer'].map((name) => path.join(folder, name));
  for (const made of [workspace, tarballs, consumer]) await mkdir(made);
  await copyWorkspace(workspace);
  await tsc(['-b', ...PACKAGES.map((name) => path.join('packages', name))], workspace);
  await writeFile(path.join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const installed = await Promise.all(
    PACKAGES.map(async (name) => {
      const tarball = await pack(path.join(workspace, 'packages', name), tarballs);
      const list = await run('tar', ['-tzf', tarball], folder);
      const files = list.split('\n').filter((line) => line !== '' && !line.endsWith('/'));
      return {
        files: files.map((file) => file.replace(/^package\//, '')),
        manifest: await install(name, tarball, consumer),
      };
    }),
  );
  const byName = <T>(pick: (entry: (typeof installed)[number]) => T): Record<PackageName, T> => {
    const [core, losses, onnxExport, reid] = installed.map(pick);
    return { core, losses, 'onnx-export': onnxExport, reid };
  };
  return {
    consumer,
    files: byName(({ files }) => files),
    manifests: byName(({ manifest }) => manifest),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
