/** An estimate: four bytes a token is near enough to plan room with. */
export const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);
