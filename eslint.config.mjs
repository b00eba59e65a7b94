import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { impureGlobals, wings } from './eslint.walls.mjs';

const typescript = ['**/*.ts', '**/*.tsx'];
const tests = ['**/*.test.ts', '**/*.test.tsx', '**/testing/**', 'test/**', 'e2e/**'];
const tools = ['*.config.ts', '*.config.mjs'];
/** AssemblyScript: TypeScript's syntax with other types. */
const leaves = ['src/vm/leaves/**/*.ts'];

const wallPolicies = wings.flatMap((wing) => [
  {
    from: { element: { type: wing.name } },
    allow: { to: { element: { types: { anyOf: [wing.name, ...wing.wings] } } } },
  },
  ...(wing.packages.length === 0
    ? []
    : [
        {
          from: { element: { type: wing.name } },
          allow: { to: { module: { origin: 'external', source: wing.packages } } },
        },
      ]),
  ...(wing.node
    ? [
        {
          from: { element: { type: wing.name } },
          allow: { to: { module: { origin: 'core' } } },
        },
      ]
    : []),
]);

/** @type {import('eslint').Linter.Config} */
const walls = {
  files: ['src/**/*.ts', 'src/**/*.tsx'],
  ignores: tests,
  plugins: { boundaries },
  settings: {
    'boundaries/elements': wings.map(({ name }) => ({ type: name, pattern: `src/${name}` })),
    'import/resolver': { node: { extensions: ['.ts', '.tsx', '.mjs', '.js'] } },
  },
  rules: {
    'boundaries/dependencies': [
      'error',
      {
        default: 'disallow',
        checkAllOrigins: true,
        checkUnknownLocals: true,
        message: 'The wing {{from.element.type}} may not import this (see eslint.walls.mjs).',
        policies: wallPolicies,
      },
    ],
    'boundaries/no-unknown-files': 'error',
  },
};

/** @type {import('eslint').Linter.Config} */
const pureWings = {
  files: wings.filter(({ pure }) => pure).map(({ name }) => `src/${name}/**/*.ts`),
  ignores: [...tests, ...leaves],
  rules: {
    'no-restricted-globals': [
      'error',
      ...impureGlobals.map((name) => ({
        name,
        message: 'This wing is a function of its state and its inputs (R6).',
      })),
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Math', property: 'random', message: 'Randomness is an input (R6).' },
    ],
  },
};

/** @type {import('eslint').Linter.RulesRecord} */
const sizes = {
  'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }],
};

/** @type {import('eslint').Linter.Config} */
const everywhere = {
  rules: {
    ...sizes,
    eqeqeq: 'error',
    'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
    'no-restricted-syntax': [
      'error',
      {
        selector:
          'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo|fixme)$/]',
        message: 'Every test runs.',
      },
    ],
  },
};

/** @type {Parameters<typeof defineConfig>[0]} */
const typed = {
  files: typescript,
  ignores: leaves,
  extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
  plugins: { 'import-x': importX },
  languageOptions: {
    parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
  },
  settings: {
    'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.mjs', '.js'] })],
    'import-x/extensions': ['.ts', '.tsx'],
  },
  rules: {
    'import-x/no-cycle': 'error',
    'import-x/no-self-import': 'error',
    'import-x/no-default-export': 'error',
    'import-x/extensions': ['error', 'ignorePackages'],
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/consistent-type-exports': 'error',
    '@typescript-eslint/explicit-module-boundary-types': 'error',
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-import-type-side-effects': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true },
    ],
    // Numbers and bigints have one obvious spelling.
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    // `while (true)` reads better than a flag.
    '@typescript-eslint/no-unnecessary-condition': [
      'error',
      { allowConstantLoopConditions: 'only-allowed-literals' },
    ],
    '@typescript-eslint/no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
    ],
    '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    // Both say what they mean.
    '@typescript-eslint/no-empty-function': 'off',
    '@typescript-eslint/consistent-type-definitions': 'off',
    // It asks for `!`, which is forbidden.
    '@typescript-eslint/non-nullable-type-assertion-style': 'off',
  },
};

/** @type {import('eslint').Linter.Config} */
const relaxedForTests = {
  files: tests,
  rules: {
    'max-lines': ['error', { max: 700, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': 'off',
  },
};

export default defineConfig(
  globalIgnores([
    'build/',
    'dist/',
    'dist-node/',
    '.cache/',
    'src/vm/generated/',
    'test/walls/fixture/',
    'test-results/',
    'playwright-report/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  everywhere,
  typed,
  {
    files: leaves,
    languageOptions: { parser: tseslint.parser },
    // In AssemblyScript `==` compares values of one type, and 64-bit literals are exact.
    rules: {
      'no-undef': 'off',
      eqeqeq: 'off',
      'no-loss-of-precision': 'off',
      'no-unused-vars': ['error', { args: 'none' }],
    },
  },
  walls,
  pureWings,
  { files: ['src/ui/**/*.{ts,tsx}'], extends: [reactHooks.configs.flat.recommended] },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', Buffer: 'readonly' } },
    rules: { 'no-undef': 'off' },
  },
  relaxedForTests,
  { files: tools, rules: { 'import-x/no-default-export': 'off' } },
  // Declarations of what the host provides are written as the host has them.
  {
    files: ['**/*.d.ts'],
    rules: {
      'no-var': 'off',
      '@typescript-eslint/prefer-function-type': 'off',
      '@typescript-eslint/no-empty-object-type': 'off',
      '@typescript-eslint/no-unsafe-function-type': 'off',
    },
  },
);
