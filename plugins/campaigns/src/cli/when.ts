/** `2026-12-24 09:00`, by this machine's clock. */
export function when(at: number): string {
  return new Date(at).toLocaleString('sv-SE').slice(0, 16)
}
