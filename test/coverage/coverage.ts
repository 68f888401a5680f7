/** The text of docs/coverage.md, from the names and what `@reidgrad/core` exports. */
import * as torch from '@reidgrad/core';
import { elsewhere, harmless, missing } from './reasons.js';
import { sections } from './pytorch-names.js';
import type { NameSection } from './pytorch-names.js';

/** A name with what became of it. */
export interface Entry {
  /** As in `reasons.ts`. */
  key: string;
  name: string;
  systems: number;
  present: boolean;
  /** The module to import it from, where that is not `@reidgrad/core`. */
  from?: string;
}

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Follows a dotted path through what is exported. */
function reaches(root: unknown, path: readonly string[]): boolean {
  let at = root;
  for (const part of path) {
    if (!isObject(at) || !(part in at)) return false;
    at = Reflect.get(at, part);
  }
  return true;
}

function isPresent(within: string, name: string): boolean {
  const path = name.split('.');
  if (within === 'Tensor') return reaches(torch.zeros(1), path);
  return reaches(torch, [...(within === '' ? [] : within.split('.')), ...path]);
}

/** The module that a name is in, if it is there at all. */
function whereOf(key: string, within: string, name: string): Pick<Entry, 'present' | 'from'> {
  const other = elsewhere[key];
  if (other === undefined) return { present: isPresent(within, name) };
  return { present: reaches(other.module, [other.name]), from: other.from };
}

/** All names of a section, those of most systems first. */
export function entriesOf({ within, names }: NameSection): Entry[] {
  return Object.entries(names)
    .sort(([a], [b]) => Number(b) - Number(a))
    .flatMap(([systems, list]) =>
      list.split(/\s+/).map((name) => {
        const key = within === '' ? name : `${within}.${name}`;
        return { key, name, systems: Number(systems), ...whereOf(key, within, name) };
      }),
    );
}

const noteFor = (key: string): string | undefined =>
  Object.entries(harmless).find(([prefix]) => key.startsWith(prefix))?.[1];

function sectionText(section: NameSection): string {
  const entries = entriesOf(section);
  const present = entries.filter((entry) => entry.present);
  const counts = [...new Set(present.map(({ systems }) => systems))];
  const code = (name: string): string => `\`${name}\``;
  const lines = counts.map((systems) => {
    const names = present.filter((entry) => entry.systems === systems).map(({ name }) => code(name));
    return `- In ${systems}: ${names.join(', ')}`;
  });
  const gone = entries.filter((entry) => !entry.present);
  const imported = present.filter(({ from }) => from !== undefined);
  const quiet = present.flatMap((entry) => {
    const note = noteFor(entry.key);
    return note === undefined ? [] : [{ name: entry.name, note }];
  });
  return [
    `## ${section.title}: ${present.length} of ${entries.length}`,
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(imported.length === 0
      ? []
      : [
          [
            '| there, of another module | import it from |',
            '| --- | --- |',
            ...imported.map(({ name, from = '' }) => `| ${code(name)} | ${code(from)} |`),
          ].join('\n'),
        ]),
    ...(quiet.length === 0
      ? []
      : [
          [
            '| there for ported code | what it is here |',
            '| --- | --- |',
            ...[...new Set(quiet.map(({ note }) => note))].map(
              (note) =>
                `| ${quiet
                  .filter((one) => one.note === note)
                  .map(({ name }) => code(name))
                  .join(', ')} | ${note} |`,
            ),
          ].join('\n'),
        ]),
    ...(gone.length === 0
      ? []
      : [
          [
            '| missing | systems | instead, or why |',
            '| --- | --- | --- |',
            ...gone.map(({ key, name, systems }) => `| ${code(name)} | ${systems} | ${missing[key] ?? ''} |`),
          ].join('\n'),
        ]),
  ].join('\n\n');
}

/** The page, before formatting. */
export function coverageText(): string {
  const all = sections.flatMap(entriesOf);
  const present = all.filter((entry) => entry.present).length;
  const common = all.filter(({ systems }) => systems >= 2);
  return [
    "# PyTorch's names",
    '<!-- Written by test/coverage/make-coverage.ts; do not edit. -->',
    'What ReID code calls of PyTorch, and what of it `@reidgrad/core` has under the same name (where another module has it, that is said). The names were found by a ' +
      'syntax scan of eight systems: Cross-Modal-Re-ID-baseline, ReID-Survey and its video variant, ' +
      'reid-strong-baseline, open-reid, deep-person-reid, fast-reid and pytorch-metric-learning. Methods were counted by ' +
      'name, so a few belong to other classes.',
    `${present} of ${all.length} names are there; of the ${common.length} that two or more systems use, ` +
      `${common.filter((entry) => entry.present).length}.`,
    ...sections.map(sectionText),
    '',
  ].join('\n\n');
}
