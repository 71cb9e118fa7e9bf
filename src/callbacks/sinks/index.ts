export { HttpSink } from './http.ts'
