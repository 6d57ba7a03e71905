export * from './box.ts';
export * from './bundle.ts';
export * from './config.ts';
export * from './requires.ts';
export * from './tools.ts';
