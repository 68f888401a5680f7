// What `?url` imports give under Vite.
declare module '*?url' {
  const url: string;
  export default url;
}
