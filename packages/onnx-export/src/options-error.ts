import { badArgument } from '@reidgrad/core/graph';
import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/** One line about the first thing that is wrong with options: zod/mini itself carries no texts. */
export function optionsError(fn: string, options: unknown, issues: readonly Issue[], known: readonly string[]): Error {
  const [issue] = issues;
  if (issue.code === 'unrecognized_keys') {
    return badArgument(fn, 'options', issue.keys[0], `the options ${known.join(', ')}`);
  }
  const got = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], options);
  return badArgument(fn, issue.path.length === 0 ? 'options' : issue.path.join('.'), got, textOf(issue));
}

function textOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    default:
      return 'a function';
  }
}
