/**
 * The cookie that carries a browser session. Where the page came by https, its name begins with `__Host-`: browsers take
 * such a cookie only from this very host, over https, so no neighbour can plant one.
 */
export const sessionCookies = { secure: '__Host-waqtor', plain: 'waqtor_session' } as const
