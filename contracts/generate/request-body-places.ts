/** Bundled into every request-bodies.js: Ajv's errors as the `errors` of a problem. */

type AjvError = {
  instancePath: string;
  keyword: string;
  message?: string;
  params: Record<string, unknown>;
};

/** Enough to mend a request by; a hostile one could break its schema thousands of times. */
const MOST = 20;

export function places(errors: AjvError[] | null | undefined): { path: string; message: string }[] {
  return (errors ?? []).slice(0, MOST).map((error) => ({
    path: `/body${error.instancePath}${unknownProperty(error)}`,
    message: `${error.message ?? `breaks ${error.keyword}`}${allowed(error)}`,
  }));
}

/** Ajv points at the object; the reader wants the property that should not be there. */
function unknownProperty({ params }: AjvError): string {
  const name = params.additionalProperty ?? params.unevaluatedProperty;
  if (typeof name !== 'string') return '';
  return `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function allowed({ params }: AjvError): string {
  if (Array.isArray(params.allowedValues)) return `: ${params.allowedValues.join(', ')}`;
  return 'allowedValue' in params ? `: ${JSON.stringify(params.allowedValue)}` : '';
}
