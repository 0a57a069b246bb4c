/** The administrator's key of the server under measure. */
export const key = 'bench'.repeat(8)
