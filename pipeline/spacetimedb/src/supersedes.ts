/** Which version of a shadow the table keeps. Imports nothing, so that Node can run it in a test. */

/** Version of the shadow, and when the row was written, in microseconds since 1970. */
export interface Landed {
  version: bigint;
  at: bigint;
}

/**
 * How long a row is guarded against lower versions: 24 hours, in microseconds.
 *
 * Deliveries arrive out of order, so a lower version is usually an old event that comes late. But a shadow that is
 * deleted and made again after 48 hours counts its versions from the start
 * (https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-data-flow.html); a guard by version alone would
 * then refuse the living shadow for as long as it takes to count up to the dead one.
 *
 * An event is under way for 24 hours at most, which is EventBridge's longest retrying. So an old one reaches a row
 * within 24 hours after that row was written, and the first event of a shadow made again at the earliest 24 hours
 * (48 less the 24 that the row's own event may have taken) after it. Whoever makes the event's age longer than 24 hours,
 * or redrives dead letters that are older, may bring back an old state; the next sync of the Thing mends it.
 */
export const GUARDED_MICROS = 24n * 3600n * 1_000_000n;

/** Whether a version that arrives at *now* takes the place of the row. The same one does: a delivery may come twice. */
export function supersedes(version: bigint, now: bigint, row: Landed): boolean {
  return version >= row.version || now - row.at >= GUARDED_MICROS;
}
