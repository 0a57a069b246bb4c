/**
 * When the next of many turns is due. They stand in even steps, so what one of them takes, or comes late, does not put off
 * those after it; a step that has gone by is left out, so that none come in a crowd.
 * @param last when the last one was due
 */
export function nextTurn(last: number, now: number, everyMs: number): number {
  return last + everyMs * Math.max(1, Math.ceil((now - last) / everyMs))
}
