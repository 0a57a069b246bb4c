/** Codes of the files; docs/errors.md is made from this table. */
export const filesErrorCodes = {
  WAQ_RANGE_OUTSIDE: { status: 416, fix: 'The file is shorter: ask for bytes that it has, or leave the Range out.' },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>
