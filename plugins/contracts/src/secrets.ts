/** What stands in the place of a secret. */
export const MASK = '********'

/** What is shorter is no secret, and would blank out words. */
const SHORTEST = 8

/** A whole API key of ours, or as much of one as is worth anything. */
const ownKeys = /waq_[0-9A-Z]{26}_[0-9a-f]{32,}/gi

/**
 * A text without the secrets that may have got into it: API keys of ours by their look, and others by what they are. For
 * whatever is kept or shown of errors, whose authors may have put anything into a message.
 * @param known of this start: `HostInfo.options.apiKey`
 * @example withoutSecrets("the login as 's3cret…' failed", [apiKey])  // "the login as '********' failed"
 */
export function withoutSecrets(text: string, known: readonly (string | undefined)[] = []): string {
  const others = known.filter((it) => it !== undefined && it.length >= SHORTEST) as string[]
  return others.reduce((left, it) => left.replaceAll(it, MASK), text).replace(ownKeys, MASK)
}
