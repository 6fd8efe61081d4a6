/**
 * The last event of each named shadow, as EventBridge delivered it.
 *
 * Both tables are private and the reducer serves its publisher alone: everybody who can reach a SpacetimeDB may call
 * reducers and read public tables without any account, and a lock's shadow can hold PIN codes. So the token of the
 * identity that published the module is what the webhook writes and the worker reads with.
 */
import { schema, SenderError, t, table } from 'spacetimedb/server';

import { supersedes } from './supersedes';

const publisher = table({ name: 'publisher' }, { identity: t.identity().primaryKey() });

const device_named_shadow = table(
  {
    name: 'device_named_shadow',
    indexes: [{ accessor: 'by_thing', algorithm: 'btree', columns: ['thing_name'] }],
  },
  {
    // A primary key has one column. Neither name can hold a slash.
    id: t.string().primaryKey(),
    thing_name: t.string(),
    shadow_name: t.string(),
    version: t.u64(),
    // JSON in a string; none where the shadow has no such section.
    reported: t.option(t.string()),
    desired: t.option(t.string()),
    updated_at: t.timestamp(),
  },
);

const spacetimedb = schema({ publisher, device_named_shadow });
export default spacetimedb;

export const init = spacetimedb.init(ctx => {
  ctx.db.publisher.insert({ identity: ctx.sender });
});

/** Keeps the event unless the row is of a newer version. An old event is no error: trying it again would help nobody. */
export const upsert_device_named_shadow = spacetimedb.reducer(
  {
    thing_name: t.string(),
    shadow_name: t.string(),
    version: t.u64(),
    reported: t.option(t.string()),
    desired: t.option(t.string()),
  },
  (ctx, { thing_name, shadow_name, version, reported, desired }) => {
    if (!ctx.db.publisher.identity.find(ctx.sender)) throw new SenderError('not the publisher of this module');
    if (!thing_name || !shadow_name) throw new SenderError('names required');
    const id = `${thing_name}/${shadow_name}`;
    const row = { id, thing_name, shadow_name, version, reported, desired, updated_at: ctx.timestamp };
    const old = ctx.db.device_named_shadow.id.find(id);
    if (!old) {
      ctx.db.device_named_shadow.insert(row);
      return;
    }
    const landed = { version: old.version, at: old.updated_at.microsSinceUnixEpoch };
    if (supersedes(version, ctx.timestamp.microsSinceUnixEpoch, landed)) ctx.db.device_named_shadow.id.update(row);
  },
);
