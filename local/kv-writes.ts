/**
 * KV holds mappings and their tombstones, and one module writes them. This finds every other write in the Workers, by the
 * types: a binding that was given another name, taken apart or handed on is the same binding still.
 */
import { join, relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from './entry-point.ts';

/** The one module that writes KV: what D1 has of a host, under the host's key. */
export const KV_WRITER = 'edge/front-door/mapping/publish-mapping.ts';

const WRITES = new Set(['put', 'delete']);
/** What the writer may put, and the function that makes its keys. */
const MAPPINGS = new Set(['CachedHost', 'HostMapping', 'Tombstone']);
const KEY_OF = 'cacheKeyOf';

const WORKERS = ['front-door', 'gateway', 'storefront'].map((name) => `edge/${name}/worker.ts`);

/**
 * The three Workers, and all that they import, as TypeScript understands them.
 * @param seeded more modules, which are not on the disk, or others than are, by their path from the root
 */
export function workersProgram(seeded: ReadonlyMap<string, string> = new Map()): ts.Program {
  const configFile = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(configFile, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [] },
    ts.sys,
    ROOT,
  );
  const host = ts.createCompilerHost(options, true);
  const { fileExists, readFile } = host;
  const seededAt = new Map([...seeded].map(([file, text]) => [join(ROOT, file), text]));
  host.fileExists = (path) => seededAt.has(path) || fileExists(path);
  host.readFile = (path) => seededAt.get(path) ?? readFile(path);
  const roots = [...WORKERS, ...seeded.keys()].map((file) => join(ROOT, file));
  return ts.createProgram({ rootNames: roots, options, host });
}

/** Our own modules of the edge in the program, by their path from the root. */
export function edgeModules(program: ts.Program): string[] {
  return program
    .getSourceFiles()
    .map(({ fileName }) => relative(ROOT, fileName))
    .filter((file) => file.startsWith('edge/') && !file.includes('node_modules/'));
}

/** `file:line: text` of every write to KV in `files` that is not the writer's, and of each of his that is no mapping. */
export function kvWrites(program: ts.Program, files: readonly string[]): string[] {
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(join(ROOT, file));
    if (source === undefined) throw new Error(`${file} is not in the program`);
    const lines = new Set<number>();
    const visit = (node: ts.Node): void => {
      const isWrite =
        writesKv(node, checker) && !(file === KV_WRITER && isMappingWrite(node, checker));
      if (isWrite || losesKv(node, checker)) {
        lines.add(source.getLineAndCharacterOfPosition(node.getStart()).line);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    const texts = source.text.split('\n');
    return [...lines].map((line) => `${file}:${line + 1}: ${texts[line]?.trim()}`);
  });
}

/** `kv.put`, `kv['put']`, `kv[anything]`, `const { put } = kv`: called at once or kept for later. */
function writesKv(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (ts.isPropertyAccessExpression(node) && WRITES.has(node.name.text)) {
    return mayBeKv(node.expression, checker.getSymbolAtLocation(node.name), checker);
  }
  if (ts.isElementAccessExpression(node)) {
    const name = node.argumentExpression;
    if (isKv(checker.getTypeAtLocation(node.expression))) {
      return !ts.isStringLiteralLike(name) || WRITES.has(name.text);
    }
    if (!ts.isStringLiteralLike(name) || !WRITES.has(name.text)) return false;
    return mayBeKv(node.expression, checker.getSymbolAtLocation(name), checker);
  }
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    const name = (node.propertyName ?? node.name).getText();
    const from = checker.getTypeAtLocation(node.parent);
    return takesWrite(from, node.dotDotDotToken !== undefined ? undefined : name);
  }
  if (ts.isBinaryExpression(node) && ts.isObjectLiteralExpression(node.left)) {
    const from = checker.getTypeAtLocation(node.right);
    return node.left.properties.some((property) => takesWrite(from, property.name?.getText()));
  }
  return false;
}

/** @param name of what is taken; undefined for the rest of it */
function takesWrite(from: ts.Type, name: string | undefined): boolean {
  if (name !== undefined && !WRITES.has(name)) return false;
  if (isKv(from)) return true;
  const property = name === undefined ? undefined : from.getProperty(name);
  return property !== undefined && isUnknownMember(property);
}

/** True where the receiver is KV, and where nobody can tell what it is. */
function mayBeKv(
  receiver: ts.Expression,
  member: ts.Symbol | undefined,
  checker: ts.TypeChecker,
): boolean {
  if ((checker.getTypeAtLocation(receiver).flags & ts.TypeFlags.Any) !== 0) return true;
  return member === undefined || isUnknownMember(member);
}

/** A member of KV itself; or one that is declared by us without a body, which KV may stand behind. */
function isUnknownMember(member: ts.Symbol): boolean {
  return (member.declarations ?? []).some((declaration) => {
    if (declaredIn(declaration) === 'KVNamespace') return true;
    const isOurs = !declaration.getSourceFile().fileName.includes('/node_modules/');
    return isOurs && (ts.isMethodSignature(declaration) || ts.isPropertySignature(declaration));
  });
}

function declaredIn({ parent }: ts.Declaration): string | undefined {
  const isType = ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent);
  return isType ? parent.name?.text : undefined;
}

function isKv(type: ts.Type): boolean {
  const parts = type.isUnionOrIntersection() ? type.types : [type];
  return parts.some(
    (part) => part.symbol?.name === 'KVNamespace' || part.aliasSymbol?.name === 'KVNamespace',
  );
}

/** A cast of KV to something else, or KV handed over as anything at all: what becomes of it there cannot be seen. */
function losesKv(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isExpression(node) || ts.isStringLiteralLike(node)) return false;
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
    return (
      isKv(checker.getTypeAtLocation(node.expression)) && !isKv(checker.getTypeAtLocation(node))
    );
  }
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return false;
  if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return false;
  const { parent } = node;
  if (ts.isCallExpression(parent) && /^(Reflect|Object)\./.test(parent.expression.getText())) {
    return isKv(checker.getTypeAtLocation(node));
  }
  const expected = checker.getContextualType(node);
  const isAnything = ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive;
  return (
    expected !== undefined &&
    (expected.flags & isAnything) !== 0 &&
    isKv(checker.getTypeAtLocation(node))
  );
}

/** `kv.put(cacheKeyOf(host), JSON.stringify(mapping), …)` and `kv.delete(cacheKeyOf(host))`. */
function isMappingWrite({ parent }: ts.Node, checker: ts.TypeChecker): boolean {
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression))
    return false;
  const [key, value] = parent.arguments;
  if (key === undefined || !ts.isCallExpression(key) || key.expression.getText() !== KEY_OF)
    return false;
  if (parent.expression.name.text === 'delete') return true;
  if (value === undefined || !ts.isCallExpression(value)) return false;
  const [mapping] = value.arguments;
  if (value.expression.getText() !== 'JSON.stringify' || mapping === undefined) return false;
  return MAPPINGS.has(checker.typeToString(checker.getTypeAtLocation(mapping)));
}
