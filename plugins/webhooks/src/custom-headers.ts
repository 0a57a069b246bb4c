/** What a delivery or HTTP itself says, so that nobody else may. */
const reserved =
  /^(host|connection|content-.*|transfer-encoding|keep-alive|te|trailer|upgrade|expect|date|via|user-agent|accept-encoding|proxy-.*|webhook-.*)$/i
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const unsafe = /[^\t\u0020-\u007e]/
const MOST = 20

/** What is wrong with these headers, in words; nothing when they can be sent. */
export function headerProblem(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers)
  if (entries.length > MOST) return `there are ${entries.length} headers, and at most ${MOST} can be sent along`
  for (const [name, value] of entries) {
    if (!token.test(name)) return `'${name}' is no name of a header`
    if (reserved.test(name)) return `the header '${name}' is set by the delivery itself`
    if (unsafe.test(value))
      return `the value of '${name}' holds line breaks, control characters or letters beyond ASCII`
  }
  const names = entries.map(([name]) => name.toLowerCase())
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? undefined : `the header '${twice}' stands there twice`
}
