/**
 * A number in [0, 1) that depends on nothing but its key: the same draw has the same outcome in every run with the same
 * seed, in whatever order the draws are made. That keeps a run repeatable with hundreds of messages under way.
 */
export function draw(seed: string, ...key: readonly (string | number)[]): number {
  let state = 0x811c9dc5
  for (const part of [seed, ...key]) {
    const text = String(part)
    for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
    // Ends every part, so that ('a', 'bc') and ('ab', 'c') differ.
    state = Math.imul(state ^ 0x1f, 0x01000193)
  }
  return finish(state) / 0x1_0000_0000
}

/** The last step of MurmurHash3: spreads neighbouring states over the whole range. */
function finish(state: number): number {
  let bits = state ^ (state >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
