import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function fixture(name: string): string {
  return readFileSync(new URL(`fixture/${name}`, import.meta.url), 'utf8');
}

/** Where the fixtures are shown to stand; there are no such files. */
const virtualFiles = [
  'src/vm/reaches.ts',
  'src/vm/touches.ts',
  'src/vm/allowed.ts',
  'src/ui/reaches.ts',
];

/** The rules that the project's own ESLint configuration reports for `text` standing at `path`. */
async function lint(path: string, text: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: root,
    overrideConfig: {
      languageOptions: {
        parserOptions: { projectService: { allowDefaultProject: virtualFiles } },
      },
    },
  });
  const [result] = await eslint.lintText(text, { filePath: join(root, path) });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

/** The diagnostic codes that the wing's own tsconfig yields for `text` standing at `path`. */
function compile(project: string, path: string, text: string): number[] {
  const configFile = join(root, project, 'tsconfig.json');
  const virtual = join(root, path);
  const parsed = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configFile, (name) => ts.sys.readFile(name)).config,
    ts.sys,
    dirname(configFile),
  );
  const host = ts.createIncrementalCompilerHost(parsed.options);
  host.fileExists = (name) => name === virtual || ts.sys.fileExists(name);
  host.readFile = (name) => (name === virtual ? text : ts.sys.readFile(name));
  // As an editor does: referenced projects are read from their sources, not from build/.
  Object.assign(host, { useSourceOfProjectReferenceRedirect: () => true });
  const program = ts.createProgram({
    rootNames: [...parsed.fileNames, virtual],
    options: parsed.options,
    projectReferences: parsed.projectReferences ?? [],
    host,
  });
  const source = program.getSourceFile(virtual);
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getSemanticDiagnostics(source),
    ...program.getSyntacticDiagnostics(source),
  ].map(({ code }) => code);
}

const NOT_IN_PROJECT = 6307;
const UNKNOWN_NAMES = [2304, 2584, 2591, 2307];

describe('the walls of the house', () => {
  it('stop vm from importing host, in the linter and in the compiler', async () => {
    const text = fixture('vm-reaches-up.ts');
    expect(await lint('src/vm/reaches.ts', text)).toContain('boundaries/dependencies');
    expect(compile('src/vm', 'src/vm/reaches.ts', text)).toContain(NOT_IN_PROJECT);
  });

  it('stop ui from importing vm past the host', async () => {
    const text = fixture('ui-reaches-the-vm.ts');
    expect(await lint('src/ui/reaches.ts', text)).toContain('boundaries/dependencies');
    // The compiler follows references of references, so this wall is the linter's alone.
  });

  it('keep the page, Node, clocks and chance out of vm', async () => {
    const text = fixture('vm-touches-the-host.ts');
    const rules = await lint('src/vm/touches.ts', text);
    const globals = rules.filter((rule) => rule === 'no-restricted-globals');
    expect(globals, 'document, Date, setTimeout').toHaveLength(3);
    expect(rules).toContain('no-restricted-properties');
    expect(rules).toContain('boundaries/dependencies');
    const codes = compile('src/vm', 'src/vm/touches.ts', text);
    const unknown = codes.filter((code) => UNKNOWN_NAMES.includes(code));
    expect(unknown, 'node:fs, document, setTimeout').toHaveLength(3);
  });

  it('let the allowed way through', async () => {
    const text = "import { ok } from '../base/result.ts';\n\nexport const fine = ok(1);\n";
    expect(await lint('src/vm/allowed.ts', text)).toEqual([]);
    expect(compile('src/vm', 'src/vm/allowed.ts', text)).toEqual([]);
  });
});
