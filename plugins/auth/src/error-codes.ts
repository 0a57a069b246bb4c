import { type ErrorOptions, WaqtorError } from '@waqtor/kernel'

/** Codes of users, sessions and the first-run set-up; docs/errors.md is made from this table. */
export const authErrorCodes = {
  WAQ_SIGN_IN_FAILED: { status: 401, fix: 'Check the name and the password; an administrator can set another.' },
  WAQ_PASSWORD_WRONG: { status: 403, fix: 'Give the password that is good at present.' },
  WAQ_SETUP_CLOSED: {
    status: 404,
    fix: 'Sign in, or make a user with `waqtor users create`; a host without users draws a new token at its next start.',
  },
  WAQ_SETUP_TOKEN_WRONG: { status: 403, fix: 'Copy the token from the console of the host, where it was shown.' },
  WAQ_LAST_ADMIN: { status: 409, fix: 'Make another administrator first.' },
  WAQ_NAME_TAKEN: { status: 409, fix: 'Choose another name.' },
  WAQ_NOT_A_USER: { status: 409, fix: 'Sign in as a user: keys have neither profile nor sessions.' },
} as const satisfies Record<`WAQ_${string}`, { status: number; fix: string }>

/** Makes an error with the status of this plugin's table. */
export function refuse(
  code: keyof typeof authErrorCodes,
  message: string,
  options: Omit<ErrorOptions, 'status'> = {},
): WaqtorError {
  return new WaqtorError(code, message, { ...options, status: authErrorCodes[code].status })
}
