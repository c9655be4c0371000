-- Five usual questions. Each takes parameters: clickhouse-client --param_host=web1 ...

-- 1. What ran on this host at that time?
SELECT `@timestamp`, user.name, process.pid, process.parent.name, process.command_line
FROM vigil.events
WHERE host.name = {host:String} AND `@timestamp` BETWEEN {from:DateTime64(3, 'UTC')}
	AND {to:DateTime64(3, 'UTC')} AND vigil.type = 'exec'
ORDER BY `@timestamp`
LIMIT 1000;

-- 2. Where and since when does this program run?
SELECT host, min(first) AS since, max(last) AS until, sum(starts) AS times
FROM vigil.programs
WHERE executable = {executable:String}
GROUP BY host
ORDER BY since
LIMIT 1000;

-- 3. What did this process do, and what did it start?
SELECT `@timestamp`, vigil.type, process.pid, process.entity_id, process.command_line, dll.path,
	process.exit_code
FROM vigil.events
WHERE host.name = {host:String}
	AND (process.entity_id = {entity:UUID} OR process.parent.entity_id = {entity:UUID})
ORDER BY `@timestamp`
LIMIT 1000;

-- 4. Which programs were first seen in the last days, on few hosts?
SELECT executable, uniqExact(host) AS hosts, min(first) AS since, sum(starts) AS times
FROM vigil.programs
GROUP BY executable
HAVING since >= {since:DateTime64(3, 'UTC')} AND hosts <= 3
ORDER BY since DESC
LIMIT 100;

-- 5. Which hosts lose events, or are silent?
SELECT host, max(last) AS heard, sum(events) AS received, sum(lost) AS missing
FROM vigil.hours
WHERE hour >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
GROUP BY host
ORDER BY missing DESC, heard
LIMIT 100;
