// UsherRender
