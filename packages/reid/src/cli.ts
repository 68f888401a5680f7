#!/usr/bin/env node
import { pathToFileURL } from 'node:url';
import { realpathSync } from 'node:fs';
import { helpText, parseFlags, UsageError } from './config/index.js';
import { runTraining } from './train/index.js';

/** What the process tells its caller. */
const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * The command line: `reidgrad train [flags]`.
 * @returns the exit code: 0; 1 when training failed or gained less than --min-gain; 2 for wrong flags; 130 after Ctrl-C
 */
export async function main(argv: readonly string[]): Promise<number> {
  const started = performance.now();
  const controller = new AbortController();
  const onInterrupt = (): void => {
    console.error('stopping after this step; Ctrl-C again ends at once');
    controller.abort();
  };
  try {
    const [command, ...rest] = argv;
    if (command === undefined || command === '--help' || command === '-h') {
      console.log(helpText());
      return EXIT.ok;
    }
    if (command !== 'train') {
      throw new UsageError(`${command} is no command; expected train, as in reidgrad train --help`);
    }
    const flags = parseFlags(rest);
    if (flags.kind === 'help') {
      console.log(flags.text);
      return EXIT.ok;
    }
    const { config, given } = flags;
    process.once('SIGINT', onInterrupt);
    const log = config.quiet ? (): void => undefined : (line: string): void => console.error(line);
    const end = await runTraining(config, given, {
      output: { log, result: (line) => console.log(line) },
      signal: controller.signal,
    });
    if (end.kind === 'interrupted') {
      const { checkpoint } = end;
      const next = checkpoint === undefined ? 'no step was made' : `go on with --resume ${checkpoint}`;
      console.error(`interrupted; ${next}`);
      return EXIT.interrupted;
    }
    const gain = `smallest gain of rank-1 over raw pixels: ${end.gain.toFixed(3)}`;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (end.gain < end.minGain) {
      console.error(`failed: ${gain}; expected ${end.minGain} (--min-gain)`);
      return EXIT.failed;
    }
    console.log(`${gain}; ${seconds} s in all`);
    return EXIT.ok;
  } catch (error) {
    console.error(`reidgrad: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

const script = process.argv[1];
// A package manager starts the command through a link.
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href) {
  process.exitCode = await main(process.argv.slice(2));
}
