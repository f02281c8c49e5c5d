export const UUID = { expression: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, meaning: 'a UUID' };

export const SHA256 = { expression: /^[0-9a-fA-F]{64}$/, meaning: '64 hex digits' };
