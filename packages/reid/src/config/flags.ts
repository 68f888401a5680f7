import { parseArgs } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { SettingName } from './settings.js';
import { flagOf, settingsSchema } from './settings.js';
import type { TrainConfig } from './train-config.js';
import { resolveConfig, UsageError } from './train-config.js';

/** What the command line asks for. */
export type ParsedFlags =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'run'; readonly config: TrainConfig; readonly given: ReadonlySet<SettingName> };

/** One flag, as the schema describes it. */
interface Flag {
  readonly name: SettingName;
  readonly flag: string;
  readonly type: string;
  readonly description: string;
  readonly expected: string;
  readonly placeholder: string;
  /** The default as help shows it; empty where there is none to show. */
  readonly fallback: string;
}

const propertySchema = z.object({
  type: z.string(),
  description: z.string(),
  expected: z.string().default('a value'),
  placeholder: z.string().optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).optional(),
  enum: z.array(z.string()).optional(),
});

/** How help names a value of a JSON type. */
const TYPE_PLACEHOLDERS: Readonly<Record<string, string>> = { integer: 'N', number: 'X', boolean: '' };

const isSettingName = (name: string): name is SettingName => name in settingsSchema.shape;

const FLAGS: readonly Flag[] = Object.entries(z.toJSONSchema(settingsSchema).properties ?? {}).map(
  ([name, property]) => {
    if (!isSettingName(name)) {
      throw new Error(`flags: ${name} is no setting`);
    }
    const {
      type,
      description,
      expected,
      placeholder,
      default: fallback,
      enum: choices,
    } = propertySchema.parse(property);
    return {
      name,
      flag: flagOf(name),
      type,
      description,
      expected,
      placeholder: placeholder ?? choices?.join('|') ?? TYPE_PLACEHOLDERS[type] ?? 'TEXT',
      fallback: fallback === undefined || fallback === false ? '' : String(fallback),
    };
  },
);

/** The text of `--help`, made from the schema. */
export function helpText(): string {
  const rows = FLAGS.map(({ flag, placeholder, description, fallback }) => {
    const shown = fallback === '' ? '' : ` [${fallback}]`;
    return { left: `--${flag}${placeholder === '' ? '' : ` ${placeholder}`}`, right: description + shown };
  });
  rows.push({ left: '--help', right: 'this text' });
  const column = 30;
  const lines = rows.map(({ left, right }) => {
    const start = `  ${left}`;
    return start.length < column ? start.padEnd(column) + right : `${start}\n${' '.repeat(column)}${right}`;
  });
  return [
    'Trains a re-identification embedding and measures it on identities it has never seen.',
    '',
    'Usage: npm start -- [flags]',
    '',
    ...lines,
    '',
    'Examples:',
    '  npm start -- --loss ori --provider webgpu',
    '  npm start -- --data ~/Market-1501 --size 128x64 --epochs 120',
    '  npm start -- --resume latest',
  ].join('\n');
}

function unknownFlag(given: string): UsageError {
  const names = [...FLAGS.map(({ flag }) => flag), 'help'];
  const nearest = closest(given, names);
  const near = distance(given, nearest) <= Math.max(2, nearest.length / 3);
  return new UsageError(`--${given} is not a flag; expected ${near ? `--${nearest}` : 'one that --help lists'}`);
}

/** Turns the text after a flag into what the schema wants; text that is no number becomes NaN, which it refuses. */
function convert(flag: Flag, text: string): unknown {
  switch (flag.type) {
    case 'integer':
    case 'number':
      return text.trim() === '' ? NaN : Number(text);
    case 'array':
      return text.split(',').map((part) => part.trim());
    default:
      return text;
  }
}

/**
 * Reads the flags of the training command.
 * @param argv the arguments after the program's name
 * @throws UsageError, one line, for an unknown flag (naming the nearest), a missing or a bad value.
 * @example
 * const flags = parseFlags(['--loss', 'ori', '--provider', 'webgpu,cpu']);
 * if (flags.kind === 'run') console.log(flags.config.loss);
 */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const options = Object.fromEntries(
    FLAGS.map(({ flag, type }) => [flag, { type: type === 'boolean' ? ('boolean' as const) : ('string' as const) }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const values: Record<string, unknown> = {};
  const texts = new Map<string, string>();
  const given = new Set<SettingName>();
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new UsageError(`${token.value} is not a flag; expected flags such as --loss ori`);
    }
    if (token.kind === 'option-terminator') {
      continue;
    }
    if (token.name === 'help' || token.name === 'h') {
      return { kind: 'help', text: helpText() };
    }
    const flag = FLAGS.find((candidate) => candidate.flag === token.name);
    if (flag === undefined) {
      throw unknownFlag(token.name);
    }
    if (flag.type === 'boolean') {
      if (token.value !== undefined) {
        throw new UsageError(`--${flag.flag} is ${token.value}; expected no value`);
      }
      values[flag.name] = true;
    } else {
      if (token.value === undefined || token.value.startsWith('--')) {
        throw new UsageError(`--${flag.flag} has no value; expected ${flag.expected}`);
      }
      values[flag.name] = convert(flag, token.value);
      texts.set(flag.name, token.value);
    }
    given.add(flag.name);
  }
  const parsed = settingsSchema.safeParse(values);
  if (!parsed.success) {
    const name = String(parsed.error.issues[0].path[0]);
    const flag = FLAGS.find((candidate) => candidate.name === name);
    throw new UsageError(
      `--${flag?.flag ?? name} is ${texts.get(name) ?? ''}; expected ${flag?.expected ?? 'another value'}`,
    );
  }
  return { kind: 'run', config: resolveConfig(parsed.data), given };
}
