/** How long a text may be, as it is written and as it is sent: what WhatsApp takes. In UTF-16 code units. */
export const longestText = 65_536

/**
 * `{{name}}` or `{{name|what to say instead}}`. Names may be in any script; no dots, no brackets: there is nothing to look
 * into. For `matchAll` only, which does not move its `lastIndex`.
 */
export const variable = /\{\{\s*([\p{L}_][\p{L}\p{M}\p{N}_ -]{0,63}?)\s*(?:\|([^{}]*))?\}\}/gu
