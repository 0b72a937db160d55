/** How processes reach the database; made beside the tables, since a lib does not look up to config. */
export { type DataSourceSettings, dataSource } from '#persistence/data-source.js';
