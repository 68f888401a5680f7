// npm start: set up, then train from source. Flags after `--` go to the command line: npm start -- --loss ori
import { run } from './run.mjs';
import { ROOT, setup } from './setup.mjs';

setup();
// Ctrl-C goes to both: the child writes its checkpoint and ends, and this waits for it.
process.on('SIGINT', () => undefined);
const cli = ['--import', 'tsx', '--conditions=reidgrad-source', 'packages/reid/src/cli.ts', 'train'];
process.exitCode = run(process.execPath, [...cli, ...process.argv.slice(2)], { cwd: ROOT }).status;
