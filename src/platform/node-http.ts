// What we use of node:http. An ES import of it reads all of its members, one of which loads undici: 45 ms of CPU and 14 MB for every process of ours.

const http = process.getBuiltinModule('node:http');

export const { Agent, METHODS, STATUS_CODES, createServer, request } = http;
