/** Style sheets are Vite's business: an import of one says only that it is needed. */
declare module "*.css";
