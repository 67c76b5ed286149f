/** `npm run deploy:edge`: the three Workers and their database, to Cloudflare. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DeploymentRefused, deployEdge, dryRun } from './deploy/deploy-edge.ts';
import { DEPLOY_ENVIRONMENTS, type DeployEnvironment } from './deploy/workers.ts';

const HELP = `npm run deploy:edge -- --env ${DEPLOY_ENVIRONMENTS.join('|')} [--dry-run]

Builds the gateway, the storefront and the front door and checks their sizes; applies the migrations of HOSTS_DB; then
deploys the three, in this order. Stops at the first failure, and says what was done by then; run it again to go on.

  --env NAME   which environment of edge/*/wrangler.jsonc
  --dry-run    build and measure alone: no account, no network, nothing is changed
  --help       this text

Needs a login (npx wrangler login) or CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID. Settings that still hold a
placeholder (zeros, "replace", example.com) are refused before anything is changed. Secrets, once an environment:
  npx wrangler secret put GATEWAY_PRIVATE_KEY --config edge/gateway/wrangler.jsonc --env NAME
  npx wrangler secret put CART_KEYS           --config edge/gateway/wrangler.jsonc --env NAME
  npx wrangler secret put CART_KEYS           --config edge/storefront/wrangler.jsonc --env NAME

Exit codes: 0 done, 1 refused or failed, 2 wrong arguments.`;

type Command =
  | { kind: 'help' }
  | { kind: 'deploy'; environment: DeployEnvironment; isDryRun: boolean };

/** @throws Error that says what is wrong with the arguments */
function readCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      env: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const environment = DEPLOY_ENVIRONMENTS.find((name) => name === values.env);
  if (environment === undefined) {
    throw new Error(`--env must be one of ${DEPLOY_ENVIRONMENTS.join(', ')}`);
  }
  return { kind: 'deploy', environment, isDryRun: values['dry-run'] };
}

async function main(): Promise<number> {
  let command: Command;
  try {
    command = readCommand(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (command.kind === 'help') {
    console.log(HELP);
    return 0;
  }
  const packageFile = createRequire(import.meta.url).resolve('wrangler/package.json');
  const deployment = {
    root: fileURLToPath(new URL('..', import.meta.url)),
    environment: command.environment,
    wrangler: {
      command: process.execPath,
      args: [join(dirname(packageFile), 'bin/wrangler.js')],
    },
    print: (text: string) => console.log(text),
  };
  try {
    await (command.isDryRun ? dryRun(deployment) : deployEdge(deployment));
    return 0;
  } catch (error) {
    if (!(error instanceof DeploymentRefused)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = await main();
