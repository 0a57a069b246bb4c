export { type HostileUrl, hostileResolve, hostileUrls } from './hostile-urls.ts'
export { type RecordingConnect, recordingConnect } from './recording-connect.ts'
