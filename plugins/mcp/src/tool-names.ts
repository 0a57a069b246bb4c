const LONGEST = 64

/**
 * The names of tools by the ids of commands. Clients take letters, digits, `_` and `-`, at most 64 of them. Where two ids
 * lead to one name, the later in the alphabet gets a number.
 * @example toolNames(['messages.sendText']) // Map { 'messages_sendText' => 'messages.sendText' }
 */
export function toolNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>()
  for (const id of ids.toSorted()) {
    const base = id.replaceAll(/[^A-Za-z0-9_-]/g, '_')
    let name = base.slice(0, LONGEST)
    for (let n = 2; taken.has(name); n++) name = `${base.slice(0, LONGEST - String(n).length - 1)}_${n}`
    taken.set(name, id)
  }
  return taken
}
