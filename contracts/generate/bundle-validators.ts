import { readFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { HEADER, ROOT } from './contracts.ts';

/**
 * One module without imports: the validators that Ajv wrote, what they need of Ajv, and the table of
 * `operationIds` by which they are found.
 */
export async function bundleValidators(code: string, operationIds: string[]): Promise<string> {
  const bundled = await build({
    stdin: { contents: table(operationIds), resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    absWorkingDir: ROOT,
    legalComments: 'none',
    banner: { js: HEADER },
    plugins: [validators(code), withoutSource],
  });
  const [output] = bundled.outputFiles;
  if (output === undefined) throw new Error('esbuild wrote no validators');
  return output.text;
}

function table(operationIds: string[]): string {
  const rows = operationIds.map(
    (id) => `${id}: (body) => validators.${id}(body) ? null : places(validators.${id}.errors),`,
  );
  return `
    import * as validators from 'validators';
    import { places } from './request-body-places.ts';
    export const requestBodies = { ${rows.join('\n')} };
  `;
}

function validators(code: string): Plugin {
  return {
    name: 'validators',
    setup(builder) {
      builder.onResolve({ filter: /^validators$/ }, ({ path }) => ({ path, namespace: 'ajv' }));
      builder.onLoad({ filter: /.*/, namespace: 'ajv' }, () => ({
        contents: code,
        resolveDir: import.meta.dirname,
      }));
    },
  };
}

/** Ajv's runtime functions carry the text by which a generated module would require them: dead weight. */
const withoutSource: Plugin = {
  name: 'without-source',
  setup(builder) {
    builder.onLoad({ filter: /ajv[\\/]dist[\\/]runtime[\\/]\w+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replace(/^\w+\.code = .*$/m, '') };
    });
  },
};
