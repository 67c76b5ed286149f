// Runs before `npm start` and `npm test`, on whatever Node (20 or newer) the machine has, so with builtins alone:
// installs the dependencies when node_modules is missing, is not what package-lock.json says, or was copied from
// another kind of machine. Otherwise it takes a moment and says nothing.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = 20;
const PROGRESS_EVERY_MS = 10_000;

const major = Number.parseInt(process.versions.node, 10);
if (major < OLDEST_NODE)
  fail(`Node ${OLDEST_NODE} or newer is needed; this is ${process.version}.`);

const reason = whyInstall();
if (reason !== undefined) await install(reason);

/** Why `npm ci` is due, as half a sentence; undefined when all is there. */
function whyInstall() {
  const wanted = packagesOf('package-lock.json');
  if (!wanted) fail(`There is no readable package-lock.json in ${root}.`);
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  // npm writes this file last: without it an install was interrupted.
  const installed = packagesOf('node_modules/.package-lock.json');
  if (!installed) return 'the last install did not finish';

  for (const [path, entry] of Object.entries(installed)) {
    if (!fitsThisMachine(entry)) return `${nameOf(path)} is for another kind of machine`;
    if (!wanted[path]) return `${nameOf(path)} is no longer wanted`;
  }
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || !fitsThisMachine(entry)) continue;
    const found = installed[path];
    if (!found) {
      // npm leaves out optional packages that it cannot use, for reasons that the lock file does not always tell.
      const mayBeMissing = entry.optional && (entry.libc || (!entry.os && !entry.cpu));
      if (!mayBeMissing) return `${nameOf(path)} is missing`;
    } else if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `${nameOf(path)} has another version`;
    } else if (!existsSync(join(root, path))) {
      return `${nameOf(path)} is missing`;
    }
  }
  if (!ownNode()) return 'the Node that the platform runs on is missing';
  return undefined;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function fitsThisMachine({ os, cpu }) {
  return allows(os, process.platform) && allows(cpu, process.arch);
}

/** The `os` and `cpu` lists of a package: names that it runs on, or names with "!" that it does not run on. */
function allows(list, value) {
  if (!list || list.length === 0) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((item) => item.startsWith('!'));
}

function nameOf(path) {
  return path.split('node_modules/').at(-1);
}

/** The `node` package's program, put in place by its install script. */
function ownNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(root, 'node_modules', 'node', 'bin', name);
  return existsSync(path) ? path : undefined;
}

async function install(why) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log(`Installing dependencies (${why}); the first time takes a minute or two …`);
  const ticker = setInterval(
    () => console.log(`  still installing, ${seconds()} s`),
    PROGRESS_EVERY_MS,
  );
  const result = await runNpm([
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    // Packages that want a newer Node get it: the platform runs on the one in node_modules. No need to warn.
    '--loglevel=error',
  ]);
  clearInterval(ticker);
  if (result !== 0) {
    fail(
      `"npm ci" failed (${result}) after ${seconds()} s; npm says why above. Usual causes: no way to the package registry, a full disk, or node_modules not being yours. Once cured, run the same command again.`,
    );
  }
  if (!ownNode()) {
    fail(
      'The packages are installed, but the install script of "node" did not run. Does your npm configuration say ignore-scripts? Then run: npm ci --ignore-scripts=false',
    );
  }
  console.log(`Installed in ${seconds()} s.`);
}

/** Exit code of npm, or a few words when it could not run or was ended. */
function runNpm(args) {
  const inModules = (path) => `${resolve(path)}${sep}`.startsWith(join(root, 'node_modules') + sep);
  // npm ci deletes node_modules first, so nothing that lives there may run it.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !inModules(folder));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const npm = process.env.npm_execpath;
  const nodes = [process.env.npm_node_execpath, process.execPath];
  const node =
    nodes.find((file) => file && !inModules(dirname(file)) && existsSync(file)) ?? 'node';
  const viaNode = npm !== undefined && /\.[cm]?js$/.test(npm);
  const child = viaNode
    ? spawn(node, [npm, ...args], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
    : spawn('npm', args, {
        cwd: root,
        env,
        stdio: ['ignore', 'inherit', 'inherit'],
        shell: process.platform === 'win32',
      });
  return new Promise((done) => {
    child.once('error', (error) => done(error.message));
    child.once('close', (code, signal) => done(code ?? `ended by ${signal}`));
  });
}

function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}
