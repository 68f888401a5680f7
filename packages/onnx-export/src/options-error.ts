import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/** One line about the first thing that is wrong with options: zod/mini itself carries no texts. */
export function optionsError(what: string, issues: readonly Issue[], known: readonly string[]): Error {
  const [issue] = issues;
  const path = issue.path.map((key) => `.${String(key)}`).join('');
  return new Error(`${what}: options${path}: ${textOf(issue)}; options are ${known.join(', ')}`);
}

function textOf(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.join(', ')} is unknown`;
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected at least ${issue.minimum}`;
    default:
      return 'has a value that does not fit';
  }
}
