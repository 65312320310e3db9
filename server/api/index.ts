export * from './route.ts'
export * from './schemas.ts'
export * from './diagnosis.ts'
export * from './routes.ts'
