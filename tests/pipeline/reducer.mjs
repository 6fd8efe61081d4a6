// Runs the module's own source over tables in memory, as its package runs inside SpacetimeDB only.
// stdin: {"publisher": name, "calls": [{sender, at, arguments: {…}}]}, at in microseconds, numbers as strings.
// stdout: {"errors": [text or null for each call], "rows": [row]}.
import { registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';

const RUNTIME = `
  const column = new Proxy(() => column, { get: () => column });
  export const t = column;
  export class SenderError extends Error {}
  export const table = () => ({});
  export const schema = () => ({ init: run => run, reducer: (_, run) => run });
`;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'spacetimedb/server') {
      return { url: `data:text/javascript,${encodeURIComponent(RUNTIME)}`, shortCircuit: true };
    }
    return next(specifier.startsWith('./') ? `${specifier}.ts` : specifier, context);
  },
});

function tableBy(key) {
  const rows = new Map();
  return {
    rows,
    insert(row) {
      if (rows.has(row[key])) throw new Error('unique constraint');
      rows.set(row[key], row);
    },
    [key]: {
      find: value => rows.get(value) ?? null,
      update: row => {
        if (!rows.has(row[key])) throw new Error('no such row');
        rows.set(row[key], row);
      },
    },
  };
}

const module = await import(process.argv[2]);
const { publisher, calls } = JSON.parse(await text(process.stdin));
const db = { publisher: tableBy('identity'), device_named_shadow: tableBy('id') };
module.init({ sender: publisher, db });
const errors = calls.map(({ sender, at, arguments: given }) => {
  try {
    const timestamp = { microsSinceUnixEpoch: BigInt(at) };
    module.upsert_device_named_shadow({ sender, timestamp, db }, { ...given, version: BigInt(given.version) });
    return null;
  } catch (error) {
    return error.message;
  }
});
const rows = [...db.device_named_shadow.rows.values()].map(row => ({
  ...row,
  version: String(row.version),
  updated_at: String(row.updated_at.microsSinceUnixEpoch),
}));
console.log(JSON.stringify({ errors, rows }));
