import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import './style.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element for the page');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
