// What this release of the API calls itself: to ship a new version, edit this line and run `codectl deploy`.
export const version = '1.0.0';
