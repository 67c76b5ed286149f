/** A value in a settings file that somebody has yet to fill in. */
export interface Placeholder {
  /** Where it stands: `env.staging.kv_namespaces[0].id`. */
  readonly field: string;
  readonly value: string;
}

/** Identifiers of zeros, `replace`, and the names that RFC 2606 keeps for examples. */
const FORMS = [/^[0-]{8,}$/, /replace/i, /(^|[./])example(\.(com|net|org))?($|[/:])/];

/**
 * Every placeholder among the values of `settings`, however deep.
 * @param path of `settings` itself
 */
export function findPlaceholders(settings: unknown, path: string): Placeholder[] {
  if (typeof settings === 'string') {
    return FORMS.some((form) => form.test(settings)) ? [{ field: path, value: settings }] : [];
  }
  if (Array.isArray(settings)) {
    return settings.flatMap((item, index) => findPlaceholders(item, `${path}[${index}]`));
  }
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]) =>
    findPlaceholders(value, `${path}.${key}`),
  );
}
