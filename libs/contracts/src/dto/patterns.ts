export const UUID = { expression: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, meaning: 'a UUID' };

export const SHA256 = { expression: /^[0-9a-fA-F]{64}$/, meaning: '64 hex digits' };

/** An id of Discord's. */
export const SNOWFLAKE = { expression: /^\d{17,20}$/, meaning: 'an id of Discord: 17 to 20 digits' };
