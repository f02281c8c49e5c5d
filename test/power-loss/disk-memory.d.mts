export function rememberFlushed(root: string, memory: string): Promise<() => void>;
export function losePower(folder: string, memory: string): void;
