import { builtinModules } from 'node:module';
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What each package may import of the others; the arrows of docs/design.md, section 1. */
const MAY_IMPORT = {
  core: [],
  losses: ['core'],
  'onnx-export': ['core'],
  reid: ['core', 'losses', 'onnx-export'],
};

/** Packages that run anywhere: no Node built-ins and no dependency outside the workspace. */
const PURE = ['core', 'losses'];

const TESTS = ['**/*.test.ts', 'test/**/*.ts'];

/**
 * The import rules of one package, for its shipped sources (tests may import what they like).
 * @param {string} name the folder below packages/
 * @param {string[]} allowed
 * @returns {import('eslint').Linter.Config}
 */
function boundaries(name, allowed) {
  const forbidden = Object.keys(MAY_IMPORT).filter((other) => !allowed.includes(other));
  const scope = `^@reidgrad/(${forbidden.join('|')})(/|$)`;
  const sibling = `^(\\.\\./)+(${Object.keys(MAY_IMPORT).join('|')})/(src|dist)/`;
  const builtin = `^(node:|(${builtinModules.filter((module) => !module.startsWith('_')).join('|')})(/|$))`;
  const outside = `^(?!\\.|#|@reidgrad/)`;
  /** @type {[string, string][]} */
  const rules = [
    [scope, `packages/${name} may import only these packages: ${allowed.join(', ') || 'none'}.`],
    [sibling, 'Import another package by its name.'],
  ];
  if (PURE.includes(name)) {
    rules.push([builtin, `packages/${name} runs in browsers: no Node built-ins.`]);
    rules.push([outside, `packages/${name} has no dependencies.`]);
  }
  return {
    files: [`packages/${name}/src/**/*.ts`],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: rules.map(([regex, message]) => ({ regex, message, caseSensitive: true })) },
      ],
      // no-restricted-imports does not see import().
      'no-restricted-syntax': [
        'error',
        ...rules.map(([regex, message]) => ({
          selector: `ImportExpression > Literal[value=/${regex.replaceAll('/', '\\u002F')}/]`,
          message,
        })),
      ],
    },
  };
}

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '**/*.generated.ts'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { args: 'all', argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // An async function without await is how a synchronous failure becomes a rejected promise.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
    },
  },
  ...Object.entries(MAY_IMPORT).map(([name, allowed]) => boundaries(name, allowed)),
  {
    files: TESTS,
    rules: {
      'no-restricted-properties': [
        'error',
        ...['describe', 'it', 'test'].flatMap((object) =>
          ['only', 'skip', 'todo'].map((property) => ({ object, property, message: 'Every test runs, always.' })),
        ),
      ],
    },
  },
  {
    files: ['scripts/**', 'bench/**', 'examples/**', 'packages/reid/src/cli.ts', 'packages/reid/src/cli/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.mjs'],
    rules: {
      // tsc finds these in JavaScript too; the linter knows neither Node's globals nor casts in comments.
      'no-undef': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
