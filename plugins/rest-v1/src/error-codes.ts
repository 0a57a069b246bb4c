/** Codes of the compatible surface; docs/errors.md is made from this table. */
export const restV1ErrorCodes = {
  WAQ_FORM_EXPECTED: {
    status: 415,
    fix: 'Send the file in a form: `Content-Type: multipart/form-data` with a boundary.',
  },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>
