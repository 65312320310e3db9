export * from './route.ts'
export * from './schemas.ts'
export * from './routes.ts'
