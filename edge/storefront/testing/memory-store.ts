/** As much of the browser's storage as the scripts use, in memory. */
export function memoryStore(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const slots = new Map<string, string>();
  return {
    getItem: (name) => slots.get(name) ?? null,
    setItem: (name, value) => {
      slots.set(name, value);
    },
    removeItem: (name) => {
      slots.delete(name);
    },
  };
}
