// What this machine offers beyond Node: Chromium, and the software Vulkan driver that stands in for a GPU.
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ICD_NAME = 'vk_swiftshader_icd.json';
const ICD_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const VULKAN_LOADERS = ['x86_64-linux-gnu', 'aarch64-linux-gnu', ''].map((arch) =>
  path.join('/usr/lib', arch, 'libvulkan.so.1'),
);

/**
 * The Chromium that runs the browser tests: REIDGRAD_CHROMIUM, or the first known name on the PATH.
 * @returns {string | undefined} its path, or undefined when there is none
 */
export function findChromium() {
  const wanted = process.env.REIDGRAD_CHROMIUM;
  if (wanted) return isExecutable(wanted) ? wanted : undefined;
  const folders = (process.env.PATH ?? '').split(path.delimiter).concat('/usr/bin');
  return folders.flatMap((folder) => CHROMIUM_NAMES.map((name) => path.join(folder, name))).find(isExecutable);
}

/**
 * The driver description of SwiftShader, which Chromium brings along.
 * @returns {string | undefined} VK_ICD_FILENAMES when set, else the path found, or undefined when there is none
 */
export function findSwiftShader() {
  if (process.env.VK_ICD_FILENAMES) return process.env.VK_ICD_FILENAMES;
  const chromium = findChromium();
  const folders = chromium ? [path.dirname(realpathSync(chromium)), ...ICD_FOLDERS] : ICD_FOLDERS;
  return folders.map((folder) => path.join(folder, ICD_NAME)).find((file) => existsSync(file));
}

/**
 * Whether onnxruntime-node can start a WebGPU session: on Linux it loads Vulkan, and without a GPU SwiftShader.
 * @returns {boolean} true where both were found, and on systems with a WebGPU of their own
 */
export function hasWebGpu() {
  if (process.platform !== 'linux') return true;
  return findSwiftShader() !== undefined && VULKAN_LOADERS.some((file) => existsSync(file));
}

/**
 * @param {string} file
 * @returns {boolean} whether this process may run the file
 */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
