// How what should not be told looks: traces of programs, lists of files, files of developers and their doors.

export const stackTraces = new RegExp(
  [
    '\\n?\\s{1,8}at (?:async )?[\\w.<>$ \\[\\]]{0,80}\\(?(?:file://|node:|/|[A-Z]:\\\\)[^\\s()]{1,200}:\\d+:\\d+', // Node.js
    'Traceback \\(most recent call last\\)',
    'File "[^"\\n]{1,200}", line \\d+, in ',
    '\\bat [\\w$.]{3,120}\\([\\w$]{1,80}\\.(?:java|kt|scala):\\d+\\)',
    'goroutine \\d+ \\[running\\]',
    '<b>(?:Fatal error|Warning|Notice|Parse error)</b>: .{1,300} on line <b>\\d+</b>',
    "\\.rb:\\d+:in [`']",
    '\\bin [A-Z]:\\\\[^\\n]{1,200}\\.cs:line \\d+',
    "thread '[\\w-]{1,40}' panicked at",
  ].join('|'),
);

export const listings =
  /<title>(?:Index of|Directory listing for|Listing (?:of )?directory) ?[^<]{0,200}<|<h1>(?:Index of|Directory listing for) [^<]{0,200}</i;

/** Each with what it holds: a page that is answered to everything has none of it. */
export const leftFiles: readonly (readonly [string, RegExp])[] = [
  ['.git/HEAD', /^ref: refs\/|^[0-9a-f]{40}\s*$/],
  ['.git/config', /^\s*\[core\]/m],
  ['.svn/entries', /^\d+\s*\n|svn:/],
  ['.hg/requires', /^(?:revlogv1|store|dotencode)$/m],
  ['.env', /^(?:export )?[A-Z][A-Z0-9_]{2,60}=/m],
  ['.env.production', /^(?:export )?[A-Z][A-Z0-9_]{2,60}=/m],
  ['.env.local', /^(?:export )?[A-Z][A-Z0-9_]{2,60}=/m],
  ['.npmrc', /(?:registry|_authToken)\s*=/],
  ['.htpasswd', /^[\w.-]{1,64}:(?:\$|\{SHA\})/m],
  ['.htaccess', /^\s*(?:RewriteEngine|AuthType|Require|Deny|Allow)\b/im],
  ['.aws/credentials', /^\[\w+\]|aws_access_key_id/m],
  ['.ssh/id_rsa', /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/],
  ['id_rsa', /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/],
  ['.DS_Store', /^.{4}Bud1/s],
  ['Dockerfile', /^FROM \S+/m],
  ['docker-compose.yml', /^services:/m],
  ['docker-compose.yaml', /^services:/m],
  ['code.yaml', /^application: \S+/m],
  ['package.json', /"(?:dependencies|scripts|version)"\s*:/],
  ['package-lock.json', /"lockfileVersion"\s*:/],
  ['composer.lock', /"packages"\s*:/],
  ['Gemfile.lock', /^GEM$/m],
  ['requirements.txt', /^[\w.-]+[=~]=\d/m],
  ['backup.sql', /\b(?:CREATE TABLE|INSERT INTO)\b/i],
  ['dump.sql', /\b(?:CREATE TABLE|INSERT INTO)\b/i],
  ['database.sqlite', /^SQLite format 3/],
  ['wp-config.php.bak', /DB_PASSWORD/],
  ['config.php~', /<\?php/],
  ['config.json', /"(?:password|secret|token|apiKey)"\s*:/i],
  ['web.config', /<configuration>/],
  ['server.js', /require\(|^import .+ from /m],
  ['.vscode/settings.json', /^\s*\{[\s\S]{0,200}"(?:editor|files|terminal)\./],
  ['.idea/workspace.xml', /<project version=/],
];

export const debugDoors: readonly (readonly [string, RegExp])[] = [
  ['debug/pprof/', /\/debug\/pprof|Types of profiles available/],
  ['debug/vars', /"memstats"|"cmdline"/],
  ['actuator', /"_links"\s*:/],
  ['actuator/env', /"propertySources"/],
  ['actuator/heapdump', /JAVA PROFILE/],
  ['env', /"(?:PATH|HOME|NODE_ENV)"\s*:|^(?:PATH|HOME)=/m],
  ['server-status', /Apache Server Status|Total Accesses/],
  ['server-info', /Apache Server Information/],
  ['nginx_status', /^Active connections: \d+/m],
  ['phpinfo.php', /PHP Version .{0,200}<|phpinfo\(\)/],
  ['info.php', /PHP Version .{0,200}<|phpinfo\(\)/],
  ['_profiler', /Symfony Profiler/],
  ['telescope/requests', /Laravel Telescope/i],
  ['console', /Werkzeug|Interactive Console/i],
  ['__debug__/', /djdt|Django Debug Toolbar/i],
  ['elmah.axd', /Error Log for/],
  ['trace.axd', /Application Trace/],
  ['jolokia/version', /"agent"\s*:/],
  ['h2-console', /H2 Console/],
  ['graphiql', /GraphiQL/],
  ['debug', /"(?:env|environment|argv|memoryUsage|heapUsed)"\s*:|process\.env/],
  ['json/list', /"webSocketDebuggerUrl"/],
];
