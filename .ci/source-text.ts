import { parseSync } from 'rolldown/utils'

/** The text with every comment replaced by nothing; strings and templates that look like comments stay. */
export function withoutComments(code: string, filename: string): string {
  const { comments, errors } = parseSync(filename, code)
  if (errors[0]) throw new Error(`${filename} does not parse: ${errors[0].message}`)
  let text = ''
  let end = 0
  for (const comment of comments) {
    text += code.slice(end, comment.start)
    end = comment.end
  }
  return text + code.slice(end)
}

/** Lines that are neither blank nor comment. */
export function codeLines(code: string, filename: string): number {
  return withoutComments(code, filename)
    .split('\n')
    .filter((line) => line.trim() !== '').length
}
