import { execFile } from 'node:child_process'

/** What the program says of itself: `Chromium 156.0.8078.79 …`. @throws where it cannot be run */
export function chromiumVersion(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, ['--version'], { timeout: 20_000 }, (error, stdout) => {
      if (error) reject(error)
      else resolve(stdout.trim())
    })
  })
}
